package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
	rotation "github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation-go/cdkondemandkeyrotation"
)

func mistakes(resource awskms.CfnKey) []any {
	return []any{
		rotation.OnDemandKeyRotationProps{Key: jsii.String("alias/payments")},          // error: does not implement awskms.IKey
		rotation.OnDemandKeyRotationProps{Key: resource},                               // error: does not implement awskms.IKey
		rotation.OnDemandKeyRotationProps{RotationToken: "incident-4711"},              // error: as *string value
		rotation.OnDemandKeyRotationProps{RotationToken: jsii.Number(4711)},            // error: as *string value
		rotation.OnDemandKeyRotationProps{CompletionTimeout: jsii.String("5 minutes")}, // error: does not implement awscdk.Duration
		rotation.OnDemandKeyRotationProps{ReservedRotations: 5},                        // error: as *float64 value
		rotation.OnDemandKeyRotationProps{RotateNow: jsii.Bool(true)},                  // error: unknown field RotateNow
		rotation.OnDemandKeyRotationFleetProps{Exclude: jsii.Strings("Key")},           // error: as *[]constructs.IConstruct value
	}
}

func main() { mistakes(nil) }
