// The audits of the GraphQL-over-HTTP specification, one test for each.
import test from "node:test";
import assert from "node:assert/strict";
import { serverAudits } from "graphql-http";
import { url } from "./world.mjs";

for (const audit of serverAudits({ url })) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, "ok", `${result.reason} (HTTP ${result.response?.status})`);
  });
}
