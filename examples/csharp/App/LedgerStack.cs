using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.Lambda;
using Amazon.CDK.AWS.Logs;
using Amazon.CDK.AWS.SQS;
using CdkOnDemandKeyRotation;
using Constructs;

namespace KeyRotation;

/// <summary>A provider with its own role, network, logs and queue, and the two keys that it rotates.</summary>
public class LedgerStack : Stack
{
    public LedgerStack(Construct scope, string id) : base(scope, id)
    {
        var vpc = new Vpc(this, "Vpc", new VpcProps { MaxAzs = 2, NatGateways = 1 });
        var securityGroup = new SecurityGroup(this, "SecurityGroup", new SecurityGroupProps { Vpc = vpc });

        var provider = new OnDemandKeyRotationProvider(this, "Provider", new OnDemandKeyRotationProviderProps
        {
            Role = new Role(this, "Role", new RoleProps
            {
                AssumedBy = new ServicePrincipal("lambda.amazonaws.com"),
            }),
            Vpc = vpc,
            VpcSubnets = new SubnetSelection { SubnetType = SubnetType.PRIVATE_WITH_EGRESS },
            SecurityGroups = new ISecurityGroup[] { securityGroup },
            HttpsProxy = "http://proxy.example.com:3128",
            NoProxy = new[] { ".amazonaws.com" },
            LogGroup = new LogGroup(this, "Logs", new LogGroupProps { Retention = RetentionDays.TWO_YEARS }),
            ApplicationLogLevel = ApplicationLogLevel.DEBUG,
            Runtime = Runtime.NODEJS_22_X,
            Architecture = Architecture.ARM_64,
            Tracing = Tracing.ACTIVE,
            EnvironmentEncryption = new Key(this, "EnvironmentKey"),
            ReservedConcurrentExecutions = 5,
            DeadLetterQueue = new Queue(this, "Unanswered", new QueueProps { EnforceSSL = true }),
        });

        new OnDemandKeyRotation(this, "Rotation", new OnDemandKeyRotationProps
        {
            Key = new Key(this, "Key"),
            RotationToken = Rotation.Token,
            RotateOnCreate = true,
            Provider = provider,
        });
        new OnDemandKeyRotation(this, "ImportedRotation", new OnDemandKeyRotationProps
        {
            Key = Key.FromKeyArn(this, "Imported", FormatArn(new ArnComponents
            {
                Service = "kms",
                Resource = "key",
                ResourceName = "1234abcd-12ab-34cd-56ef-1234567890ab",
            })),
            RotationToken = Rotation.Token,
            Provider = provider,
        });
    }
}
