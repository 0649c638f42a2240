import type { DeploymentContext } from './deployment-context';
import type { ProcessedTemplate } from './processed-template';
import type { StackOutput } from './stack';

/** Evaluates the outputs of a template whose resources exist. */
export function stackOutputs(context: DeploymentContext, { outputs, scope }: ProcessedTemplate): StackOutput[] {
  return [...outputs].map(([name, output]) => {
    const text = (expression: unknown): string => asText(context.valueOf(expression, scope), name);
    return {
      OutputKey: name,
      OutputValue: text(output.Value),
      Description: output.Description,
      ExportName: output.Export && text(output.Export.Name),
    };
  });
}

function asText(value: unknown, output: string): string {
  if (typeof value === 'object' || value === undefined) {
    throw new Error(`Template format error: The Value field of output ${output} must evaluate to a String.`);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
