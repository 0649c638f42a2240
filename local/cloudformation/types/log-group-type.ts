import type { Logs } from '../../logs/logs';
import { generatedName, type PhysicalResource, type ResourcePlace, type ResourceType } from '../resource-type';
import { optionalString } from './property-readers';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html */
export function logGroupType(logs: Logs): Record<string, ResourceType> {
  const resource = ({ region, accountId }: ResourcePlace, name: string): PhysicalResource => ({
    physicalId: name,
    attributes: { Arn: `arn:aws:logs:${region}:${accountId}:log-group:${name}:*` },
  });
  return {
    'AWS::Logs::LogGroup': {
      properties: [
        'DataProtectionPolicy',
        'DeletionProtectionEnabled',
        'KmsKeyId',
        'LogGroupClass',
        'LogGroupName',
        'RetentionInDays',
        'Tags',
      ],
      createOnly: ['LogGroupName'],
      attributes: ['Arn'],
      find: (place, properties) => {
        const name = optionalString(properties, 'LogGroupName');
        return name !== undefined && logs.hasGroup(place.region, name) ? resource(place, name) : undefined;
      },
      create: ({ place, properties }) => {
        const name = optionalString(properties, 'LogGroupName') ?? generatedName(place);
        logs.createGroup(place.region, name);
        return resource(place, name);
      },
      update: ({ place, physicalId }) => resource(place, physicalId),
      delete: ({ place, physicalId }) => {
        logs.deleteGroup(place.region, physicalId);
      },
    },
  };
}
