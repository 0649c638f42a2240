import { requiredText, requiredTexts, tagsOf, validationError } from '../wire/input';
import { type Call, type Operation, ServiceError } from '../wire/service';
import type { Parameter, ParameterStore } from './parameter-store';

/** Tags of Systems Manager resources; here, parameters only. */
export function tagOperations(store: ParameterStore): Record<string, Operation> {
  return {
    AddTagsToResource: (call) => {
      const { name, tags } = tagged(store, call);
      store.setTags(call.region, name, { ...tags, ...tagsOf(call.input) });
      return {};
    },
    RemoveTagsFromResource: (call) => {
      const { name, tags } = tagged(store, call);
      const removed = requiredTexts(call.input, 'TagKeys', 50);
      store.setTags(
        call.region,
        name,
        Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.includes(key))),
      );
      return {};
    },
    ListTagsForResource: (call) => ({
      TagList: Object.entries(tagged(store, call).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  };
}

function tagged(store: ParameterStore, { region, input }: Call): Parameter {
  const type = requiredText(input, 'ResourceType');
  if (type !== 'Parameter') {
    throw validationError(`The local AWS has resources of type Parameter only, not ${type}.`);
  }
  const parameter = store.latest(region, requiredText(input, 'ResourceId'));
  if (!parameter) {
    throw new ServiceError('InvalidResourceId', '');
  }
  return parameter;
}
