using System.Collections.Generic;
using Amazon.CDK;
using Amazon.CDK.AWS.Events;
using Amazon.CDK.AWS.Events.Targets;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.Logs;
using Amazon.CDK.AWS.SNS;
using CdkOnDemandKeyRotation;
using Constructs;

namespace KeyRotation;

/// <summary>All keys of a stack but one, and two from elsewhere.</summary>
public class ArchiveStack : Stack
{
    public ArchiveStack(Construct scope, string id) : base(scope, id, new StackProps
    {
        Env = new Amazon.CDK.Environment { Account = "111122223333", Region = "eu-central-1" },
    })
    {
        new Key(this, "Documents");
        new Key(this, "Pictures");
        var retired = new Key(this, "Retired");

        var fleet = new OnDemandKeyRotationFleet(this, "Fleet", new OnDemandKeyRotationFleetProps
        {
            RotationToken = Rotation.Token,
            RotateOnCreate = true,
            CompletionTimeout = Duration.Minutes(13),
            ReservedRotations = 3,
            Exclude = new IConstruct[] { retired },
            KeyArns = new[] { "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" },
            NamedKeyArns = new Dictionary<string, string> { ["orders"] = Fn.ImportValue("OrdersKeyArn") },
            ProviderProps = new OnDemandKeyRotationProviderProps { LogRetention = RetentionDays.SIX_MONTHS },
        });
        fleet.OnKeyRotated("Rotated", new OnEventOptions
        {
            Target = new SnsTopic(new Topic(this, "Topic")),
        });
    }
}
