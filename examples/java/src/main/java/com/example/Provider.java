package com.example;

import io.github.cdkondemandkeyrotation.OnDemandKeyRotation;
import io.github.cdkondemandkeyrotation.OnDemandKeyRotationProvider;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.kms.Key;

public class Provider {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Ledger");
        Key key = new Key(stack, "Key");
        Vpc vpc = new Vpc(stack, "Vpc");

        OnDemandKeyRotationProvider provider = OnDemandKeyRotationProvider.Builder.create(stack, "Provider")
                .vpc(vpc)
                .build();
        OnDemandKeyRotation.Builder.create(stack, "Rotation")
                .key(key)
                .rotationToken("incident-4711")
                .provider(provider)
                .build();

        app.synth();
    }
}
