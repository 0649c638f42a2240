// Tries what must be refused, and prints each panic: {case: {"type": …, "message": …}}.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	rotation "github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation-go/cdkondemandkeyrotation"
)

type refusal struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

const aliasArn = "arn:aws:kms:eu-central-1:111122223333:alias/payments"

var refusals = map[string]*refusal{}

func attempt(name string, act func()) {
	defer func() {
		refusals[name] = nil
		if panicked := recover(); panicked != nil {
			refusals[name] = &refusal{Type: fmt.Sprintf("%T", panicked), Message: fmt.Sprint(panicked)}
		}
	}()
	act()
}

func main() {
	defer jsii.Close()

	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("Refused"), nil)
	key := awskms.NewKey(stack, jsii.String("Key"), nil)

	rotate := func(name string, change func(*rotation.OnDemandKeyRotationProps)) {
		attempt(name, func() {
			props := rotation.OnDemandKeyRotationProps{Key: key, RotationToken: jsii.String("first")}
			change(&props)
			rotation.NewOnDemandKeyRotation(stack, jsii.String(name), &props)
		})
	}
	provide := func(name string, props *rotation.OnDemandKeyRotationProviderProps) {
		attempt(name, func() { rotation.NewOnDemandKeyRotationProvider(stack, jsii.String(name), props) })
	}
	rotateAll := func(name string, props *rotation.OnDemandKeyRotationFleetProps) {
		attempt(name, func() { rotation.NewOnDemandKeyRotationFleet(stack, jsii.String(name), props) })
	}

	rotate("emptyToken", func(p *rotation.OnDemandKeyRotationProps) { p.RotationToken = jsii.String("") })
	rotate("paddedToken", func(p *rotation.OnDemandKeyRotationProps) { p.RotationToken = jsii.String("first ") })
	rotate("longToken", func(p *rotation.OnDemandKeyRotationProps) {
		p.RotationToken = jsii.String(strings.Repeat("x", 257))
	})
	rotate("longTimeout", func(p *rotation.OnDemandKeyRotationProps) {
		p.CompletionTimeout = awscdk.Duration_Minutes(jsii.Number(20))
	})
	rotate("reserveOf26", func(p *rotation.OnDemandKeyRotationProps) { p.ReservedRotations = jsii.Number(26) })
	rotate("aliasName", func(p *rotation.OnDemandKeyRotationProps) {
		p.Key = awskms.Alias_FromAliasName(stack, jsii.String("Alias"), jsii.String("alias/payments"))
	})
	rotate("aliasArn", func(p *rotation.OnDemandKeyRotationProps) {
		p.Key = awskms.Key_FromKeyArn(stack, jsii.String("AliasArn"), jsii.String(aliasArn))
	})
	provide("pythonRuntime", &rotation.OnDemandKeyRotationProviderProps{Runtime: awslambda.Runtime_PYTHON_3_12()})
	provide("noConcurrency", &rotation.OnDemandKeyRotationProviderProps{ReservedConcurrentExecutions: jsii.Number(0)})
	rotateAll("emptyFleetToken", &rotation.OnDemandKeyRotationFleetProps{RotationToken: jsii.String("")})

	rotate("noKey", func(p *rotation.OnDemandKeyRotationProps) { p.Key = nil })
	rotate("noToken", func(p *rotation.OnDemandKeyRotationProps) { p.RotationToken = nil })
	rotateAll("noFleetToken", &rotation.OnDemandKeyRotationFleetProps{})
	rotateAll("noExcludedKey", &rotation.OnDemandKeyRotationFleetProps{
		RotationToken: jsii.String("first"),
		Exclude:       &[]constructs.IConstruct{nil},
	})
	attempt("noProps", func() { rotation.NewOnDemandKeyRotation(stack, jsii.String("noProps"), nil) })

	if err := json.NewEncoder(os.Stdout).Encode(refusals); err != nil {
		panic(err)
	}
}
