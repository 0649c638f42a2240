import type { ParameterStore } from '../../ssm/parameter-store';
import type { TierSetting } from '../../ssm/parameter-rules';
import { generatedName, type PhysicalResource, type Properties, type ResourceType } from '../resource-type';
import { optionalString, requiredString } from './property-readers';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html */
export function parameterTypes(parameterStore: ParameterStore): Record<string, ResourceType> {
  const write = (region: string, name: string, properties: Properties, overwrite: boolean): PhysicalResource => {
    const type = requiredString(properties, 'Type');
    const { value } = parameterStore.write(region, name, {
      value: requiredString(properties, 'Value'),
      type: type === 'StringList' ? type : 'String',
      tier: optionalString(properties, 'Tier') as TierSetting | undefined,
      description: optionalString(properties, 'Description'),
      allowedPattern: optionalString(properties, 'AllowedPattern'),
      tags: tagsOf(properties.Tags),
      overwrite,
    });
    return { physicalId: name, attributes: { Type: type, Value: value } };
  };
  return {
    'AWS::SSM::Parameter': {
      properties: ['AllowedPattern', 'DataType', 'Description', 'Name', 'Tags', 'Tier', 'Type', 'Value'],
      required: ['Type', 'Value'],
      createOnly: ['Name'],
      attributes: ['Type', 'Value'],
      find: ({ region }, properties) => {
        const name = requiredString(properties, 'Name');
        const Value = parameterStore.get(region, name);
        return Value === undefined ? undefined : { physicalId: name, attributes: { Type: properties.Type, Value } };
      },
      read: ({ region }, name) => {
        const Value = parameterStore.get(region, name);
        return Value === undefined ? undefined : { Value };
      },
      create: ({ place, properties }) =>
        write(place.region, optionalString(properties, 'Name') ?? generatedName(place), properties, false),
      update: ({ place, properties, physicalId }) => write(place.region, physicalId, properties, true),
      delete: ({ place, physicalId }) => {
        parameterStore.delete(place.region, physicalId);
      },
    },
  };
}

/** The tags of a parameter are a map, unlike those of most resources. */
function tagsOf(tags: unknown): Record<string, string> {
  return typeof tags === 'object' && tags !== null
    ? Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]))
    : {};
}
