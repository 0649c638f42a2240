package com.example;

import io.github.cdkondemandkeyrotation.OnDemandKeyRotation;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.kms.Key;

public class QuickStart {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Payments");
        Key key = new Key(stack, "Key");

        OnDemandKeyRotation.Builder.create(stack, "Rotation")
                .key(key) // made here, or imported by its ARN
                .rotationToken("incident-4711") // change it to rotate
                .build();

        app.synth();
    }
}
