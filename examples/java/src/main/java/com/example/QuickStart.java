package com.example;

import io.github.cdkondemandkeyrotation.OnDemandKeyRotation;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.kms.Key;

public class QuickStart {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Payments");
        Key key = new Key(stack, "Key");

        OnDemandKeyRotation rotation = OnDemandKeyRotation.Builder.create(stack, "Rotation")
                .key(key) // made here, or imported by its ARN
                .rotationToken("incident-4711") // change it to rotate
                .rotateOnCreate(true) // false: the first deployment only records the token
                .build();
        CfnOutput.Builder.create(stack, "Outcome").value(rotation.getOutcome()).build();

        app.synth();
    }
}
