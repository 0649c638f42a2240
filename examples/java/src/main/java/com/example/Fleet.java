package com.example;

import io.github.cdkondemandkeyrotation.OnDemandKeyRotationFleet;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.kms.Key;

public class Fleet {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Archive");
        new Key(stack, "Documents");
        new Key(stack, "Pictures");

        OnDemandKeyRotationFleet.Builder.create(stack, "Fleet")
                .rotationToken("incident-4711") // change it to rotate both keys
                .build();

        app.synth();
    }
}
