import type { ParameterStore } from '../../ssm/parameter-store';
import { ServiceError } from '../../wire/service';
import { generatedName, type PhysicalResource, type ResourceType } from '../resource-type';
import { optionalString, requiredString } from './property-readers';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html */
export function parameterTypes(parameterStore: ParameterStore): Record<string, ResourceType> {
  const resource = (name: string, type: string, value: string): PhysicalResource => ({
    physicalId: name,
    attributes: { Type: type, Value: value },
  });
  return {
    'AWS::SSM::Parameter': {
      properties: ['AllowedPattern', 'DataType', 'Description', 'Name', 'Tags', 'Tier', 'Type', 'Value'],
      required: ['Type', 'Value'],
      createOnly: ['Name'],
      attributes: ['Type', 'Value'],
      create: ({ place, properties }) => {
        const name = optionalString(properties, 'Name') ?? generatedName(place);
        if (parameterStore.get(place.region, name) !== undefined) {
          throw new ServiceError(
            'ParameterAlreadyExists',
            'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
          );
        }
        const value = requiredString(properties, 'Value');
        parameterStore.put(place.region, name, value);
        return resource(name, requiredString(properties, 'Type'), value);
      },
      update: ({ place, properties, physicalId }) => {
        const value = requiredString(properties, 'Value');
        parameterStore.put(place.region, physicalId, value);
        return resource(physicalId, requiredString(properties, 'Type'), value);
      },
      delete: ({ place, physicalId }) => {
        parameterStore.delete(place.region, physicalId);
      },
    },
  };
}
