using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.Events;
using Amazon.CDK.AWS.Events.Targets;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.SNS;
using CdkOnDemandKeyRotation;
using Constructs;

namespace KeyRotation;

/// <summary>One key: every option, what is known after the rotation, and who is told of it.</summary>
public class InvoicesStack : Stack
{
    public InvoicesStack(Construct scope, string id) : base(scope, id)
    {
        var key = new Key(this, "Key", new KeyProps { EnableKeyRotation = true });

        var rotation = new OnDemandKeyRotation(this, "Rotation", new OnDemandKeyRotationProps
        {
            Key = key,
            RotationToken = Rotation.Token,
            RotateOnCreate = false,
            CompletionTimeout = Duration.Minutes(5),
            ReservedRotations = 10,
        });
        rotation.OnKeyRotated("Rotated", new OnEventOptions
        {
            Target = new SnsTopic(new Topic(this, "Topic")),
        });
        rotation.MetricFailures().CreateAlarm(this, "Failures", new CreateAlarmOptions
        {
            Threshold = 1,
            EvaluationPeriods = 1,
        });

        new CfnOutput(this, "KeyArn", new CfnOutputProps { Value = rotation.KeyArn });
        new CfnOutput(this, "RotationDate", new CfnOutputProps { Value = rotation.RotationDate });
        new CfnOutput(this, "KeyMaterialId", new CfnOutputProps { Value = rotation.KeyMaterialId });
        new CfnOutput(this, "RemainingRotations", new CfnOutputProps
        {
            Value = Token.AsString(rotation.RemainingRotations),
        });
    }
}
