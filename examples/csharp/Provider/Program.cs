using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.KMS;
using CdkOnDemandKeyRotation;

var app = new App();
var stack = new Stack(app, "Ledger");
var key = new Key(stack, "Key");
var vpc = new Vpc(stack, "Vpc");

var provider = new OnDemandKeyRotationProvider(stack, "Provider", new OnDemandKeyRotationProviderProps
{
    Vpc = vpc,
});
new OnDemandKeyRotation(stack, "Rotation", new OnDemandKeyRotationProps
{
    Key = key,
    RotationToken = "incident-4711",
    Provider = provider,
});

app.Synth();
