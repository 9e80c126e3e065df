import { type History, historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { z } from "zod";
import { jsonOrUndefined } from "../../../schemas/json-text.ts";

/** The relevant parts of an event, in Temporal's JSON. */
const Event = z.object({
  eventId: z.coerce.number(),
  eventType: z.string(),
  activityTaskScheduledEventAttributes: z.object({ activityType: z.object({ name: z.string() }) }).optional(),
  startChildWorkflowExecutionInitiatedEventAttributes: z.object({ workflowType: z.object({ name: z.string() }) }).optional(),
  markerRecordedEventAttributes: z
    .object({ details: z.record(z.string(), z.object({ payloads: z.array(z.object({ data: z.string().optional() })) })).optional() })
    .optional(),
});
type Event = z.output<typeof Event>;

/**
 * Say in a line where a history and workflow code that does not fit it differ.
 *
 * @param error the error of its replay, whose message is the debug output of the SDK's core
 * @param replays whether the code fits a history
 */
export async function breakOf(error: Error, history: History, replays: (history: History) => Promise<boolean>): Promise<string> {
  const said = /message: "((?:[^"\\]|\\.)*)"/.exec(error.message)?.[1] ?? error.message;
  const reason = said.replace(/^\[TMPRL\d+\] /, "").replace(/^Nondeterminism error: /, "");
  const { events } = z.object({ events: z.array(Event) }).parse(JSON.parse(historyToJSON(history)));
  const event = eventNamed(said, events);
  if (event !== undefined) return `event ${event.eventId} of ${events.length}, ${nameOf(event)}: ${reason}`;
  const [from, to] = await taskThatDiffers(history, events, replays);
  return `events ${from} to ${to} of ${events.length}: ${reason}`;
}

/** The events of the first workflow task whose commands are not those of the code, by bisection. */
async function taskThatDiffers(
  history: History,
  events: readonly Event[],
  replays: (history: History) => Promise<boolean>,
): Promise<readonly [from: number, to: number]> {
  // a history may end before any workflow task except the first
  const ends = events.flatMap(({ eventType }, index) => (eventType === "EVENT_TYPE_WORKFLOW_TASK_SCHEDULED" && index > 1 ? [index] : []));
  let [fits, differs] = [-1, ends.length];
  while (differs - fits > 1) {
    const middle = Math.floor((fits + differs) / 2);
    const end = ends[middle] ?? events.length;
    if (await replays({ events: (history.events ?? []).slice(0, end) })) fits = middle;
    else differs = middle;
  }
  return [(ends[fits] ?? 0) + 1, ends[differs] ?? events.length];
}

function eventNamed(said: string, events: readonly Event[]): Event | undefined {
  const [, id] = /HistoryEvent\(id: (\d+)/.exec(said) ?? [];
  if (id !== undefined) return events.find(({ eventId }) => eventId === Number(id));
  const [, localActivity] = /LocalActivity\((\d+)\)/.exec(said) ?? [];
  return events.find((event) => localActivity !== undefined && markerOf(event)?.seq === Number(localActivity));
}

function nameOf(event: Event): string {
  const type = event.eventType
    .replace(/^EVENT_TYPE_/, "")
    .toLowerCase()
    .replaceAll("_", " ");
  const of =
    event.activityTaskScheduledEventAttributes?.activityType.name ??
    event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowType.name ??
    markerOf(event)?.activity_type;
  return of === undefined ? type : `${type} (${of})`;
}

/** What the SDK records of a local activity: its number in the run, and its type. */
const LocalActivity = z.object({ seq: z.number(), activity_type: z.string() });

function markerOf({ markerRecordedEventAttributes: marker }: Event): z.output<typeof LocalActivity> | undefined {
  const data = marker?.details?.data?.payloads[0]?.data;
  return data === undefined ? undefined : LocalActivity.safeParse(jsonOrUndefined(Buffer.from(data, "base64").toString("utf8"))).data;
}
