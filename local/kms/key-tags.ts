import { requiredText, tagMembers, validationError } from '../wire/input';
import { type Call, ServiceError } from '../wire/service';

const MAX_TAGS = 50;
const MAX_LENGTH = { TagKey: 128, TagValue: 256 };

/** Reads and checks the tags of a call. https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html */
export function keyTags(input: Call['input']): Record<string, string> {
  const tags = tagMembers(input).map((tag, index) => {
    const text = (name: 'TagKey' | 'TagValue', min: number): string => {
      const value = requiredText(tag, name, { min });
      if (value.length > MAX_LENGTH[name]) {
        const path = `tags.${index + 1}.member.${name === 'TagKey' ? 'tagKey' : 'tagValue'}`;
        throw validationError(
          `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must have length less than or equal to ${MAX_LENGTH[name]}`,
        );
      }
      return value;
    };
    return [text('TagKey', 1), text('TagValue', 0)] as const;
  });
  checkKeys(tags.map(([key]) => key));
  return Object.fromEntries(tags);
}

export function addTags(
  tags: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const all = { ...tags, ...more };
  checkCount(Object.keys(all).length);
  return all;
}

function checkKeys(keys: readonly string[]): void {
  checkCount(keys.length);
  if (new Set(keys).size < keys.length) {
    throw tagException('Duplicate tag keys');
  }
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw tagException('Tags beginning with aws: are reserved');
  }
}

function checkCount(count: number): void {
  if (count > MAX_TAGS) {
    throw tagException('Too many tags');
  }
}

function tagException(message: string): ServiceError {
  return new ServiceError('TagException', message);
}
