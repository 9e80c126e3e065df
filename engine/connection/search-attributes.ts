import { CrisolError } from "../../schemas/error.ts";
import type { ConnectionSettings } from "./settings/connection.ts";

/** The search attributes of runs, all of type Keyword. */
export const searchAttributes = ["CrisolPipeline", "CrisolPlan", "CrisolStatus"] as const;

const KEYWORD = 2;

/**
 * Make sure that an external server knows the search attributes of runs, and register them if that is allowed.
 *
 * @throws CrisolError CONFIG_INVALID for a missing namespace, ENVIRONMENT if they are missing and can't be registered from here.
 */
export async function registerSearchAttributes(settings: ConnectionSettings, namespace: string): Promise<void> {
  const { Connection } = await import("@temporalio/client");
  const connection = await Connection.connect({ ...settings, connectTimeout: 5000 });
  try {
    await connection.workflowService.describeNamespace({ namespace }).catch((error) => {
      throw namespaceUnusable(settings.address, namespace, error);
    });
    const missing = await missingAttributes(connection, namespace);
    if (missing.length === 0) return;
    const wanted = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted }).catch((error) => {
      throw notRegistered(settings.address, namespace, missing, error);
    });
  } finally {
    await connection.close();
  }
}

async function missingAttributes(connection: import("@temporalio/client").Connection, namespace: string): Promise<string[]> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return searchAttributes.filter((name) => !Object.hasOwn(customAttributes ?? {}, name));
  } catch {
    // a hosted server may not list them; starting the first run then fails if they are missing
    return [];
  }
}

function namespaceUnusable(address: string, namespace: string, cause: unknown): CrisolError {
  return new CrisolError(
    {
      code: "CONFIG_INVALID",
      what: `namespace ${namespace} can't be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: `${address}, with the namespace of temporal.config.ts or TEMPORAL_NAMESPACE`,
      why: "runs are kept in it",
      fix: `correct the name, or create it: temporal operator namespace create --address ${address} --namespace ${namespace}`,
    },
    { cause },
  );
}

function notRegistered(address: string, namespace: string, missing: readonly string[], cause: unknown): CrisolError {
  const options = missing.map((name) => `--name ${name} --type Keyword`).join(" ");
  return new CrisolError(
    {
      code: "ENVIRONMENT",
      what: `search attributes are missing and can't be registered from here: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: `namespace ${namespace} at ${address}: ${missing.join(", ")}`,
      why: "runs are found by them",
      fix: `ask somebody with the permission to run: temporal operator search-attribute create --address ${address} --namespace ${namespace} ${options}`,
    },
    { cause },
  );
}
