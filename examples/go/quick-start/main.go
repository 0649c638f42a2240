package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
	rotation "github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation-go/cdkondemandkeyrotation"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Payments"), nil)
	key := awskms.NewKey(stack, jsii.String("Key"), nil)

	rotated := rotation.NewOnDemandKeyRotation(stack, jsii.String("Rotation"), &rotation.OnDemandKeyRotationProps{
		Key:            key,                          // made here, or imported by its ARN
		RotationToken:  jsii.String("incident-4711"), // change it to rotate
		RotateOnCreate: jsii.Bool(true),              // false: the first deployment only records the token
	})
	awscdk.NewCfnOutput(stack, jsii.String("Outcome"), &awscdk.CfnOutputProps{Value: rotated.Outcome()})

	app.Synth(nil)
}
