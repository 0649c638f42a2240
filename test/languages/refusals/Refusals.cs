// Tries what must be refused, and prints each exception: {case: {"type": …, "message": …}}.
using System;
using System.Collections.Generic;
using System.Text.Json;
using Amazon.CDK;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.Lambda;
using CdkOnDemandKeyRotation;
using Constructs;

var stack = new Stack(new App(), "Refused");
var key = new Key(stack, "Key");
var refusals = new Dictionary<string, object?>();

void Attempt(string name, Action act)
{
    try
    {
        act();
        refusals[name] = null;
    }
    catch (Exception error)
    {
        refusals[name] = new { type = error.GetType().Name, message = error.Message };
    }
}

void Rotate(string name, Action<OnDemandKeyRotationProps> change) => Attempt(name, () =>
{
    var props = new OnDemandKeyRotationProps { Key = key, RotationToken = "first" };
    change(props);
    new OnDemandKeyRotation(stack, name, props);
});

void Provide(string name, OnDemandKeyRotationProviderProps props) =>
    Attempt(name, () => new OnDemandKeyRotationProvider(stack, name, props));

void RotateAll(string name, OnDemandKeyRotationFleetProps props) =>
    Attempt(name, () => new OnDemandKeyRotationFleet(stack, name, props));

Rotate("emptyToken", props => props.RotationToken = "");
Rotate("paddedToken", props => props.RotationToken = "first ");
Rotate("longToken", props => props.RotationToken = new string('x', 257));
Rotate("longTimeout", props => props.CompletionTimeout = Duration.Minutes(20));
Rotate("reserveOf26", props => props.ReservedRotations = 26);
Rotate("aliasName", props => props.Key = Alias.FromAliasName(stack, "Alias", "alias/payments"));
Rotate("aliasArn", props => props.Key =
    Key.FromKeyArn(stack, "AliasArn", "arn:aws:kms:eu-central-1:111122223333:alias/payments"));
Provide("pythonRuntime", new OnDemandKeyRotationProviderProps { Runtime = Runtime.PYTHON_3_12 });
Provide("noConcurrency", new OnDemandKeyRotationProviderProps { ReservedConcurrentExecutions = 0 });
RotateAll("emptyFleetToken", new OnDemandKeyRotationFleetProps { RotationToken = "" });

Rotate("noKey", props => props.Key = null!);
Rotate("noToken", props => props.RotationToken = null!);
RotateAll("noFleetToken", new OnDemandKeyRotationFleetProps());
RotateAll("noExcludedKey", new OnDemandKeyRotationFleetProps
{
    RotationToken = "first",
    Exclude = new IConstruct[] { null! },
});

Console.WriteLine(JsonSerializer.Serialize(refusals));
