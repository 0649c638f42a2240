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
	stack := awscdk.NewStack(app, jsii.String("Archive"), nil)
	awskms.NewKey(stack, jsii.String("Documents"), nil)
	awskms.NewKey(stack, jsii.String("Pictures"), nil)

	rotation.NewOnDemandKeyRotationFleet(stack, jsii.String("Fleet"), &rotation.OnDemandKeyRotationFleetProps{
		RotationToken: jsii.String("incident-4711"), // change it to rotate both keys
	})

	app.Synth(nil)
}
