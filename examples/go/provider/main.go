package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
	rotation "github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation-go/cdkondemandkeyrotation"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Ledger"), nil)
	key := awskms.NewKey(stack, jsii.String("Key"), nil)
	vpc := awsec2.NewVpc(stack, jsii.String("Vpc"), nil)

	provider := rotation.NewOnDemandKeyRotationProvider(stack, jsii.String("Provider"), &rotation.OnDemandKeyRotationProviderProps{
		Vpc: vpc,
	})
	rotation.NewOnDemandKeyRotation(stack, jsii.String("Rotation"), &rotation.OnDemandKeyRotationProps{
		Key:           key,
		RotationToken: jsii.String("incident-4711"),
		Provider:      provider,
	})

	app.Synth(nil)
}
