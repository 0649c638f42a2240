package com.example;

import io.github.cdkondemandkeyrotation.OnDemandKeyRotation;
import io.github.cdkondemandkeyrotation.OnDemandKeyRotationFleet;
import java.util.List;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.kms.CfnKey;

class Mistakes {
    Mistakes(final Stack stack, final CfnKey resource) {
        OnDemandKeyRotation.Builder rotation = OnDemandKeyRotation.Builder.create(stack, "Rotation");
        rotation.key("alias/payments"); // error: String cannot be converted to IKey
        rotation.key(resource); // error: CfnKey cannot be converted to IKey
        rotation.rotationToken(4711); // error: int cannot be converted to String
        rotation.completionTimeout("5 minutes"); // error: String cannot be converted to Duration
        rotation.reservedRotations("5"); // error: String cannot be converted to Number
        rotation.rotateNow(true); // error: cannot find symbol
        OnDemandKeyRotationFleet.Builder fleet = OnDemandKeyRotationFleet.Builder.create(stack, "Fleet");
        fleet.exclude(List.of("Key")); // error: inference variable E has incompatible bounds
    }
}
