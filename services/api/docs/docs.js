/** Shows /openapi.json: routes by tag, with their parameters, bodies, answers and examples. */

const METHODS = ["get", "head", "post", "put", "patch", "delete"];

/** An element with properties and children; strings become text, never markup. */
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function resolve(api, node) {
  if (!node?.$ref) return node ?? {};
  return node.$ref.slice(2).split("/").reduce((found, key) => found?.[key], api) ?? {};
}

/** A schema in one line, such as `array of Job` or `"1m" | "1h"`. */
function typeOf(schema) {
  if (!schema || schema === true) return "any";
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.type === "array") return `array of ${typeOf(schema.items)}`;
  if (schema.additionalProperties) return `object of ${typeOf(schema.additionalProperties)}`;
  return [schema.type ?? "any", schema.format && `(${schema.format})`].filter(Boolean).join(" ");
}

/** An example value of a schema, from its own examples where it has some. */
function exampleOf(api, schema, depth = 0) {
  const found = resolve(api, schema);
  if (found.examples?.length) return found.examples[0];
  if ("default" in found && found.default !== null) return found.default;
  if ("const" in found) return found.const;
  if (found.enum) return found.enum[0];
  if (found.anyOf) return exampleOf(api, found.anyOf[0], depth);
  if (depth > 4) return null;
  if (found.type === "array") return [exampleOf(api, found.items, depth + 1)];
  if (found.properties) {
    const fields = Object.entries(found.properties);
    return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(api, field, depth + 1)]));
  }
  if (found.type === "object") return {};
  if (found.type === "integer" || found.type === "number") return 0;
  if (found.type === "boolean") return true;
  if (found.format === "uuid") return "00000000-0000-4000-8000-000000000000";
  if (found.format === "date-time") return "2025-01-31T13:00:00Z";
  return found.type === "string" ? "..." : null;
}

function table(headings, rows) {
  const head = element("tr", {}, ...headings.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

function code(text) {
  return element("code", {}, text);
}

function parametersOf(operation) {
  const parameters = operation.parameters ?? [];
  if (parameters.length === 0) return null;
  const rows = parameters.map((one) => [code(one.name), one.in, code(typeOf(one.schema)), one.description ?? ""]);
  return element("section", {}, element("h3", {}, "Parameters"), table(["name", "in", "type", "meaning"], rows));
}

/** The fields of an object, or of a list's items. */
function fieldsOf(api, schema) {
  const found = resolve(api, schema);
  const { properties } = found.type === "array" ? resolve(api, found.items) : found;
  if (!properties) return null;
  const rows = Object.entries(properties).map(([name, field]) => {
    return [code(name), code(typeOf(field)), field.description ?? ""];
  });
  return table(["field", "type", "meaning"], rows);
}

function contentOf(api, content) {
  return Object.entries(content ?? {}).map(([mediaType, { schema }]) => {
    const example = mediaType.includes("json") ? exampleOf(api, schema) : null;
    const shown = example === null ? null : element("pre", {}, JSON.stringify(example, null, 2));
    const items = resolve(api, schema).properties?.items;
    const heading = element("p", { className: "quiet" }, `${mediaType}: `, code(typeOf(schema)));
    const itemFields = items ? element("div", {}, element("h4", {}, "Each item"), fieldsOf(api, items)) : null;
    return element("div", {}, heading, fieldsOf(api, schema), itemFields, shown);
  });
}

function bodyOf(api, operation) {
  if (!operation.requestBody) return null;
  return element("section", {}, element("h3", {}, "Body"), ...contentOf(api, operation.requestBody.content));
}

function answersOf(api, operation) {
  const answers = Object.entries(operation.responses).map(([status, response]) => [status, resolve(api, response)]);
  const succeeded = answers.filter(([status]) => status.startsWith("2"));
  const rows = answers.map(([status, response]) => [code(status), response.description]);
  const bodies = succeeded.flatMap(([, response]) => contentOf(api, response.content));
  return element("section", {}, element("h3", {}, "Answers"), table(["status", "meaning"], rows), ...bodies);
}

function show(api, path, method, operation) {
  const login = operation.security?.length ? "Needs a login." : "Needs no login.";
  const heading = element(
    "summary",
    {},
    element("span", { className: "method" }, method.toUpperCase()),
    element("span", { className: "path" }, path),
    element("span", { className: "text" }, operation.summary),
  );
  const text = [operation.description, login].filter(Boolean).join(" ");
  const details = [element("p", {}, text), parametersOf(operation), bodyOf(api, operation), answersOf(api, operation)];
  const body = element("div", {}, ...details.filter((part) => part !== null));
  return element("details", { id: operation.operationId }, heading, body);
}

/** What every answer of 400 or more looks like. */
function showErrors(api) {
  const schema = { $ref: "#/components/schemas/Problem" };
  const body = contentOf(api, { "application/problem+json": { schema } });
  return element("section", {}, element("h2", {}, "Errors"), ...body);
}

function showAll(api) {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) => {
    return METHODS.filter((method) => method in methods).map((method) => [path, method, methods[method]]);
  });
  const sections = api.tags.map((tag) => {
    const tagged = operations.filter(([, , operation]) => operation.tags.includes(tag.name));
    return element("section", {}, element("h2", {}, tag.description), ...tagged.map((one) => show(api, ...one)));
  });
  return [...sections, showErrors(api)];
}

const main = document.getElementById("operations");
try {
  const api = await (await fetch("/openapi.json")).json();
  document.getElementById("description").textContent = api.info.description;
  main.replaceChildren(...showAll(api));
  document.getElementById(location.hash.slice(1))?.setAttribute("open", "");
} catch (error) {
  main.replaceChildren(element("p", { role: "alert" }, `The description of the API cannot be shown: ${error}`));
}
main.removeAttribute("aria-busy");
