// Hold the one query that is not REST, and the answer that is read of it, against GitHub's own GraphQL schema: `graphql.mjs < QUERY`.
import { readFileSync } from "node:fs";
import { schema, validate } from "@octokit/graphql-schema";
import { buildClientSchema, graphqlSync } from "graphql";

const query = readFileSync(0, "utf8");
const variableValues = { org: "acme", login: "ada" };
const answer = { organization: { teams: { nodes: [{ slug: "finance" }] } } };
const given = graphqlSync({ schema: buildClientSchema(schema.json), source: query, rootValue: answer, variableValues });
const said = {
  "what is not described is refused": validate("{ organisation(login: \"acme\") { name } }").length > 0,
  "the query is GitHub's": validate(query).length === 0,
  "the answer that is read is what the schema gives": !given.errors && JSON.stringify(given.data) === JSON.stringify(answer),
};
for (const [sentence, holds] of Object.entries(said)) console.log(`${holds ? "ok" : "FAILED"}: ${sentence}`);
process.exit(Object.values(said).every(Boolean) ? 0 : 1);
