// Three ways to rotate: one key, keys through a provider of your own, and all keys of a stack.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	rotation "github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation-go/cdkondemandkeyrotation"
)

// rotationToken names one rotation. Write a new one to rotate.
const rotationToken = "incident-4711"

// newInvoicesStack rotates one key: every option, what is known after the rotation, and who is told of it.
func newInvoicesStack(scope constructs.Construct, id string) {
	stack := awscdk.NewStack(scope, jsii.String(id), nil)
	key := awskms.NewKey(stack, jsii.String("Key"), &awskms.KeyProps{EnableKeyRotation: jsii.Bool(true)})

	rotated := rotation.NewOnDemandKeyRotation(stack, jsii.String("Rotation"), &rotation.OnDemandKeyRotationProps{
		Key:               key,
		RotationToken:     jsii.String(rotationToken),
		RotateOnCreate:    jsii.Bool(false),
		CompletionTimeout: awscdk.Duration_Minutes(jsii.Number(5)),
		ReservedRotations: jsii.Number(10),
	})
	topic := awssns.NewTopic(stack, jsii.String("Topic"), nil)
	rotated.OnKeyRotated(jsii.String("Rotated"), &awsevents.OnEventOptions{
		Target: awseventstargets.NewSnsTopic(topic, nil),
	})
	rotated.MetricFailures(nil).CreateAlarm(stack, jsii.String("Failures"), &awscloudwatch.CreateAlarmOptions{
		Threshold:         jsii.Number(1),
		EvaluationPeriods: jsii.Number(1),
	})

	awscdk.NewCfnOutput(stack, jsii.String("KeyArn"), &awscdk.CfnOutputProps{Value: rotated.KeyArn()})
	awscdk.NewCfnOutput(stack, jsii.String("RotationDate"), &awscdk.CfnOutputProps{Value: rotated.RotationDate()})
	awscdk.NewCfnOutput(stack, jsii.String("KeyMaterialId"), &awscdk.CfnOutputProps{Value: rotated.KeyMaterialId()})
	awscdk.NewCfnOutput(stack, jsii.String("RemainingRotations"), &awscdk.CfnOutputProps{
		Value: awscdk.Token_AsString(rotated.RemainingRotations(), nil),
	})
}

// newLedgerStack has a provider with its own role, network, logs and queue, and the two keys that it rotates.
func newLedgerStack(scope constructs.Construct, id string) {
	stack := awscdk.NewStack(scope, jsii.String(id), nil)
	vpc := awsec2.NewVpc(stack, jsii.String("Vpc"), &awsec2.VpcProps{
		MaxAzs:      jsii.Number(2),
		NatGateways: jsii.Number(1),
	})
	securityGroup := awsec2.NewSecurityGroup(stack, jsii.String("SecurityGroup"), &awsec2.SecurityGroupProps{Vpc: vpc})

	provider := rotation.NewOnDemandKeyRotationProvider(stack, jsii.String("Provider"), &rotation.OnDemandKeyRotationProviderProps{
		Role: awsiam.NewRole(stack, jsii.String("Role"), &awsiam.RoleProps{
			AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		}),
		Vpc:            vpc,
		VpcSubnets:     &awsec2.SubnetSelection{SubnetType: awsec2.SubnetType_PRIVATE_WITH_EGRESS},
		SecurityGroups: &[]awsec2.ISecurityGroup{securityGroup},
		HttpsProxy:     jsii.String("http://proxy.example.com:3128"),
		NoProxy:        jsii.Strings(".amazonaws.com"),
		LogGroup: awslogs.NewLogGroup(stack, jsii.String("Logs"), &awslogs.LogGroupProps{
			Retention: awslogs.RetentionDays_TWO_YEARS,
		}),
		ApplicationLogLevel:          awslambda.ApplicationLogLevel_DEBUG,
		Runtime:                      awslambda.Runtime_NODEJS_22_X(),
		Architecture:                 awslambda.Architecture_ARM_64(),
		Tracing:                      awslambda.Tracing_ACTIVE,
		EnvironmentEncryption:        awskms.NewKey(stack, jsii.String("EnvironmentKey"), nil),
		ReservedConcurrentExecutions: jsii.Number(5),
		DeadLetterQueue: awssqs.NewQueue(stack, jsii.String("Unanswered"), &awssqs.QueueProps{
			EnforceSSL: jsii.Bool(true),
		}),
	})

	rotation.NewOnDemandKeyRotation(stack, jsii.String("Rotation"), &rotation.OnDemandKeyRotationProps{
		Key:            awskms.NewKey(stack, jsii.String("Key"), nil),
		RotationToken:  jsii.String(rotationToken),
		RotateOnCreate: jsii.Bool(true),
		Provider:       provider,
	})
	rotation.NewOnDemandKeyRotation(stack, jsii.String("ImportedRotation"), &rotation.OnDemandKeyRotationProps{
		Key: awskms.Key_FromKeyArn(stack, jsii.String("Imported"), stack.FormatArn(&awscdk.ArnComponents{
			Service:      jsii.String("kms"),
			Resource:     jsii.String("key"),
			ResourceName: jsii.String("1234abcd-12ab-34cd-56ef-1234567890ab"),
		})),
		RotationToken: jsii.String(rotationToken),
		Provider:      provider,
	})
}

// newArchiveStack rotates all keys of a stack but one, and two from elsewhere.
func newArchiveStack(scope constructs.Construct, id string) {
	stack := awscdk.NewStack(scope, jsii.String(id), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("eu-central-1")},
	})
	awskms.NewKey(stack, jsii.String("Documents"), nil)
	awskms.NewKey(stack, jsii.String("Pictures"), nil)
	retired := awskms.NewKey(stack, jsii.String("Retired"), nil)

	fleet := rotation.NewOnDemandKeyRotationFleet(stack, jsii.String("Fleet"), &rotation.OnDemandKeyRotationFleetProps{
		RotationToken:     jsii.String(rotationToken),
		RotateOnCreate:    jsii.Bool(true),
		CompletionTimeout: awscdk.Duration_Minutes(jsii.Number(13)),
		ReservedRotations: jsii.Number(3),
		Exclude:           &[]constructs.IConstruct{retired},
		KeyArns: jsii.Strings(
			"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		),
		NamedKeyArns: &map[string]*string{
			"orders": awscdk.Fn_ImportValue(jsii.String("OrdersKeyArn")),
		},
		ProviderProps: &rotation.OnDemandKeyRotationProviderProps{LogRetention: awslogs.RetentionDays_SIX_MONTHS},
	})
	topic := awssns.NewTopic(stack, jsii.String("Topic"), nil)
	fleet.OnKeyRotated(jsii.String("Rotated"), &awsevents.OnEventOptions{
		Target: awseventstargets.NewSnsTopic(topic, nil),
	})
}

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	newInvoicesStack(app, "Invoices")
	newLedgerStack(app, "Ledger")
	newArchiveStack(app, "Archive")
	app.Synth(nil)
}
