using Amazon.CDK;
using Amazon.CDK.AWS.KMS;
using CdkOnDemandKeyRotation;

var app = new App();
var stack = new Stack(app, "Archive");
new Key(stack, "Documents");
new Key(stack, "Pictures");

new OnDemandKeyRotationFleet(stack, "Fleet", new OnDemandKeyRotationFleetProps
{
    RotationToken = "incident-4711", // change it to rotate both keys
});

app.Synth();
