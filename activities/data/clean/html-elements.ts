/** HTML's elements, by their effect on the text. @see HTML Living Standard, section 15.3 (rendering: flow content) */

const names = (...lists: string[]): ReadonlySet<string> => new Set(lists.flatMap((list) => list.split(" ")));

/** Elements that start and end a line. */
export const blocks = names(
  "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure footer form",
  "frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol optgroup option p pre search section summary",
  "table tbody tfoot thead title tr ul",
);

/** Those of them that are set apart by a blank line. */
export const paragraphs = names("article blockquote dl figure h1 h2 h3 h4 h5 h6 hr ol p pre section table ul");

export const cells = names("td th");

/** Elements whose contents are not text for readers. */
export const silent = names("canvas iframe math noembed noframes noscript object script style svg template");

/** Those of them that contain markup, not raw text: they may be nested, and end at once when written `<svg/>`. */
export const nesting = names("canvas math object svg template");

/** Elements without contents or end tag. */
export const voids = names("br embed hr img input link meta wbr");

const inline = names(
  "a abbr acronym audio b bdi bdo big button cite code data del dfn em embed font i img input ins kbd label link mark meta nobr picture",
  "q s samp select small source span strike strong sub sup textarea time tt u var video wbr",
);

/** Every element whose tags show that a text is HTML. */
export const known = new Set([...blocks, ...cells, ...silent, ...inline]);
