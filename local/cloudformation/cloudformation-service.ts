import type { Environment, Operation, Service } from '../wire/service';
import { bootstrap } from './bootstrap-stack';
import { changeSetOperations } from './change-set-operations';
import { CustomResourceType } from './custom-resource';
import { descriptionOperations } from './descriptions';
import { driftOperations } from './drift-operations';
import { NestedStackType } from './nested-stack';
import type { ResourceServices, ResourceType } from './resource-type';
import { ResponseEndpoint } from './response-endpoint';
import type { Stack } from './stack';
import { stackOperations } from './stack-operations';
import { Stacks } from './stacks';
import { iamTypes } from './types/iam-types';
import { inertTypes } from './types/inert-types';
import { kmsTypes } from './types/kms-types';
import { lambdaTypes } from './types/lambda-types';
import { logGroupType } from './types/log-group-type';
import { parameterTypes } from './types/parameter-types';
import { sqsTypes } from './types/sqs-types';

const CUSTOM_RESOURCE = /^(AWS::CloudFormation::CustomResource|Custom::[\w@-]{1,60})$/;

/** CloudFormation: stacks and change sets, from JSON templates, with custom resources served by the local Lambda. */
export class CloudFormationService {
  /** Receives the responses of custom resources. */
  public readonly responses: ResponseEndpoint;
  public readonly service: Service;
  private readonly stacks: Stacks;
  private readonly bootstrapped = new Set<string>();

  public constructor(
    private readonly environment: Environment,
    services: ResourceServices,
  ) {
    const { clock } = environment;
    this.responses = new ResponseEndpoint(clock);
    const customResources = new CustomResourceType(services.lambda, this.responses, clock, services.endpoint);
    const types = new Map<string, ResourceType>(
      Object.entries({
        ...kmsTypes(services.kms),
        ...iamTypes(services.iam),
        ...lambdaTypes(services),
        ...parameterTypes(services.parameterStore),
        ...logGroupType(services.logs),
        ...sqsTypes(services.sqs),
        ...inertTypes,
      }),
    );
    this.stacks = new Stacks(environment, services, (name) =>
      CUSTOM_RESOURCE.test(name) ? customResources : types.get(name),
    );
    types.set('AWS::CloudFormation::Stack', new NestedStackType(this.stacks));
    this.service = {
      name: 'cloudformation',
      protocol: 'query',
      operations: Object.fromEntries(
        Object.entries({
          ...stackOperations(this.stacks),
          ...changeSetOperations(environment, this.stacks),
          ...descriptionOperations(this.stacks),
          ...driftOperations(environment, this.stacks),
        }).map(([name, operation]): [string, Operation] => [
          name,
          (call) => {
            this.bootstrap(call.region);
            return operation(call);
          },
        ]),
      ),
    };
  }

  /** Bootstraps a Region on its first call. */
  private bootstrap(region: string): void {
    if (!this.bootstrapped.has(region)) {
      this.bootstrapped.add(region);
      bootstrap(this.stacks, region);
    }
  }

  /** Finds the newest stack with the name or ID, even if it is deleted. */
  public find(nameOrId: string, region = this.environment.defaultRegion): Stack | undefined {
    return this.stacks.all.findLast(
      ({ identity, id }) => identity.region === region && [id, identity.name].includes(nameOrId),
    );
  }

  /** Throws CloudFormation's error if no stack has the name or ID. */
  public stack(nameOrId: string, region = this.environment.defaultRegion): Stack {
    return this.stacks.get(region, nameOrId);
  }
}
