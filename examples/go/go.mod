module example.com/key-rotation

go 1.25

require (
	github.com/aws/aws-cdk-go/awscdk/v2 v2.200.0
	github.com/aws/constructs-go/constructs/v10 v10.4.2
	github.com/aws/jsii-runtime-go v1.140.0
	github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation-go/cdkondemandkeyrotation v0.1.0
)
