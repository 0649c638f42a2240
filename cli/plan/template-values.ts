import { member } from '../../lambda/member';
import type { Resource, Template } from './cloud-assembly';
import { NewKey } from './new-key';
import { Unresolved } from './unresolved';

/** What a template's values depend on, besides the template. */
export interface Surroundings {
  /** The stack's name. */
  readonly name: string;
  readonly pseudoParameters: Readonly<Record<string, string | undefined>>;
  readonly parameter: (name: string) => unknown;
  /** The physical ID of an existing resource that the deployment does not replace. */
  readonly physicalId: (logicalId: string, resource: Resource) => string | undefined;
  readonly importedValue: (name: string) => unknown;
  /** An output of a nested stack. */
  readonly nestedOutput: (logicalId: string, output: string) => unknown;
}

export const KEY_TYPES = ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey'];

type Evaluate = (argument: unknown) => unknown;

/**
 * Evaluates a template before its deployment. Unknown values are `Unresolved`, and so are the values that contain them.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export class TemplateValues {
  private readonly functions: Readonly<Record<string, Evaluate>> = {
    Ref: (name) => this.ref(String(name)),
    'Fn::GetAtt': (argument) => this.attribute(argument),
    'Fn::Join': (argument) => this.join(argument),
    'Fn::Sub': (argument) => this.substitute(argument),
    'Fn::Select': (argument) => this.select(argument),
    'Fn::Split': (argument) => this.split(argument),
    'Fn::If': (argument) => this.choose(argument),
    'Fn::FindInMap': (argument) => this.findInMap(argument),
    'Fn::ImportValue': (argument) => this.with(argument, (name) => this.surroundings.importedValue(String(name))),
    'Fn::Equals': (argument) => this.with(argument, (sides) => equals(sides)),
    'Fn::Not': (argument) => this.with(argument, (sides) => (isArray(sides) ? sides[0] !== true : false)),
    'Fn::And': (argument) => this.combine(argument, false),
    'Fn::Or': (argument) => this.combine(argument, true),
    Condition: (name) => this.condition(String(name)),
  };

  public constructor(
    private readonly template: Template,
    private readonly surroundings: Surroundings,
  ) {}

  public evaluate(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((each) => this.evaluate(each)).filter((each) => each !== undefined);
    }
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
    const evaluate = more.length === 0 ? this.functions[name] : undefined;
    if (evaluate) return evaluate(argument);
    if (more.length === 0 && name.startsWith('Fn::'))
      return new Unresolved(`${name} is not evaluated before a deployment`);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.evaluate(each)]));
  }

  /** Whether a resource is deployed. */
  public isDeployed({ Condition }: Resource): unknown {
    return Condition === undefined ? true : this.condition(Condition);
  }

  private condition(name: string): unknown {
    const condition = this.template.Conditions?.[name];
    return condition === undefined ? new Unresolved(`there is no condition ${name}`) : this.evaluate(condition);
  }

  private ref(name: string): unknown {
    if (name === 'AWS::NoValue') return undefined;
    const pseudo = this.surroundings.pseudoParameters[name];
    if (pseudo !== undefined) return pseudo;
    if (this.template.Parameters?.[name]) return this.surroundings.parameter(name);
    const resource = this.template.Resources?.[name];
    if (!resource) return new Unresolved(`${name} is not in the template`);
    return this.surroundings.physicalId(name, resource) ?? this.unknownResource(name, resource);
  }

  private attribute(argument: unknown): unknown {
    const [logicalId = '', ...path] =
      typeof argument === 'string' ? argument.split('.') : Array.isArray(argument) ? argument.map(String) : [];
    const name = path.join('.');
    const resource = this.template.Resources?.[logicalId];
    if (!resource) return new Unresolved(`${logicalId} is not in the template`);
    if (resource.Type === 'AWS::CloudFormation::Stack' && name.startsWith('Outputs.')) {
      return this.surroundings.nestedOutput(logicalId, name.slice('Outputs.'.length));
    }
    if (!KEY_TYPES.includes(resource.Type)) {
      return new Unresolved(`the attribute ${name} of ${logicalId} is not known before the deployment`);
    }
    const keyId = this.surroundings.physicalId(logicalId, resource);
    if (keyId === undefined) return new NewKey(this.surroundings.name, logicalId, resource);
    if (name === 'KeyId') return keyId;
    const { pseudoParameters: pseudo } = this.surroundings;
    const place = [pseudo['AWS::Partition'], 'kms', pseudo['AWS::Region'], pseudo['AWS::AccountId']];
    return ['arn', ...place, `key/${keyId}`].join(':');
  }

  private unknownResource(logicalId: string, resource: Resource): Unresolved {
    return KEY_TYPES.includes(resource.Type)
      ? new NewKey(this.surroundings.name, logicalId, resource)
      : new Unresolved(`the deployment makes ${logicalId}`);
  }

  private join(argument: unknown): unknown {
    return this.with(argument, (value) => {
      const [delimiter, parts] = isArray(value) ? value : [];
      return Array.isArray(parts) ? parts.map(String).join(String(delimiter)) : malformed('Fn::Join');
    });
  }

  private substitute(argument: unknown): unknown {
    const [text, values = {}] = Array.isArray(argument) ? (argument as unknown[]) : [argument];
    if (typeof text !== 'string') return malformed('Fn::Sub');
    let unresolved: Unresolved | undefined;
    const result = text.replaceAll(/\$\{(!?)([^}]+)\}/g, (whole, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      const given = member(values, name);
      const reference = name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name };
      const value = this.evaluate(given === undefined ? reference : given);
      if (value instanceof Unresolved) unresolved ??= value;
      return value instanceof Unresolved ? whole : String(value);
    });
    return unresolved ?? result;
  }

  private select(argument: unknown): unknown {
    return this.with(argument, (value) => {
      const [index, list] = isArray(value) ? value : [];
      return Array.isArray(list) ? (list as unknown[])[Number(index)] : malformed('Fn::Select');
    });
  }

  private split(argument: unknown): unknown {
    return this.with(argument, (value) => {
      const [delimiter, text] = isArray(value) ? value : [];
      return typeof text === 'string' ? text.split(String(delimiter)) : malformed('Fn::Split');
    });
  }

  /** Evaluates only the branch that is taken. */
  private choose(argument: unknown): unknown {
    const [name, then, otherwise] = isArray(argument) ? argument : [];
    const condition = this.condition(String(name));
    return condition instanceof Unresolved ? condition : this.evaluate(condition === true ? then : otherwise);
  }

  private findInMap(argument: unknown): unknown {
    return this.with(argument, (value) => {
      const [map, first, second] = isArray(value) ? value.map(String) : [];
      const found = member(member(this.template.Mappings?.[map ?? ''], first ?? ''), second ?? '');
      return found ?? new Unresolved(`the mapping ${String(map)} has no ${String(first)}, ${String(second)}`);
    });
  }

  /** One side can decide, even if others are unknown. */
  private combine(argument: unknown, deciding: boolean): unknown {
    const sides = isArray(argument) ? argument.map((side) => this.evaluate(side)) : [];
    if (sides.includes(deciding)) return deciding;
    return sides.find((side) => side instanceof Unresolved) ?? !deciding;
  }

  private with(argument: unknown, then: (value: unknown) => unknown): unknown {
    const value = this.evaluate(argument);
    return unresolvedIn(value) ?? then(value);
  }
}

/** The first unresolved part of a value; preferably a new key, which says the most. */
export function unresolvedIn(value: unknown): Unresolved | undefined {
  if (value instanceof Unresolved) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const found = Object.values(value).flatMap((each) => unresolvedIn(each) ?? []);
  return found.find((each) => each instanceof NewKey) ?? found[0];
}

function equals(sides: unknown): boolean {
  const [one, other] = isArray(sides) ? sides : [];
  return String(one) === String(other);
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function malformed(name: string): Unresolved {
  return new Unresolved(`${name} is malformed`);
}
