"""Tries what must be refused, and prints each exception: {case: {"type": …, "message": …}}."""

import json
import sys
from typing import Any, Callable, Dict

from aws_cdk import App, Duration, Stack, aws_kms as kms, aws_lambda as lambda_
from cdk_on_demand_key_rotation import (
    OnDemandKeyRotation,
    OnDemandKeyRotationFleet,
    OnDemandKeyRotationProvider,
)

stack = Stack(App(), "Refused")
key = kms.Key(stack, "Key")
ALIAS_ARN = "arn:aws:kms:eu-central-1:111122223333:alias/payments"


def rotate(**props: Any) -> Callable[[str], Any]:
    return lambda id: OnDemandKeyRotation(stack, id, **{"key": key, "rotation_token": "first", **props})


def provide(**props: Any) -> Callable[[str], Any]:
    return lambda id: OnDemandKeyRotationProvider(stack, id, **props)


def rotate_all(**props: Any) -> Callable[[str], Any]:
    return lambda id: OnDemandKeyRotationFleet(stack, id, **{"rotation_token": "first", **props})


CASES: Dict[str, Callable[[str], Any]] = {
    "emptyToken": rotate(rotation_token=""),
    "paddedToken": rotate(rotation_token="first "),
    "longToken": rotate(rotation_token="x" * 257),
    "longTimeout": rotate(completion_timeout=Duration.minutes(20)),
    "reserveOf26": rotate(reserved_rotations=26),
    "aliasName": rotate(key=kms.Alias.from_alias_name(stack, "Alias", "alias/payments")),
    "aliasArn": rotate(key=kms.Key.from_key_arn(stack, "AliasArn", ALIAS_ARN)),
    "pythonRuntime": provide(runtime=lambda_.Runtime.PYTHON_3_12),
    "noConcurrency": provide(reserved_concurrent_executions=0),
    "emptyFleetToken": rotate_all(rotation_token=""),
    "noKey": rotate(key=None),
    "noToken": rotate(rotation_token=None),
    "noFleetToken": rotate_all(rotation_token=None),
    "noExcludedKey": rotate_all(exclude=[None]),
    "missingKey": lambda id: OnDemandKeyRotation(stack, id, rotation_token="first"),  # type: ignore[call-arg]
    "missingToken": lambda id: OnDemandKeyRotation(stack, id, key=key),  # type: ignore[call-arg]
    "textAsKey": rotate(key="alias/payments"),
    "numberAsToken": rotate(rotation_token=4711),
    "textAsTimeout": rotate(completion_timeout="5 minutes"),
    "textAsReserve": rotate(reserved_rotations="5"),
    "unknownArgument": rotate(rotate_now=True),
}


def refusal(case: str) -> Any:
    try:
        CASES[case](case)
    except Exception as error:
        return {"type": type(error).__name__, "message": str(error)}
    return None


json.dump({case: refusal(case) for case in CASES}, sys.stdout)
