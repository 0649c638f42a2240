using Amazon.CDK;
using Amazon.CDK.AWS.KMS;
using CdkOnDemandKeyRotation;

var app = new App();
var stack = new Stack(app, "Payments");
var key = new Key(stack, "Key");

var rotation = new OnDemandKeyRotation(stack, "Rotation", new OnDemandKeyRotationProps
{
    Key = key, // made here, or imported by its ARN
    RotationToken = "incident-4711", // change it to rotate
    RotateOnCreate = true, // false: the first deployment only records the token
});
new CfnOutput(stack, "Outcome", new CfnOutputProps { Value = rotation.Outcome });

app.Synth();
