// SPDX-License-Identifier: Apache-2.0
// Takes addresses out of package-lock.json: `npm run lock` after a change of package.json.

import { readFile, writeFile } from "node:fs/promises";

const lock = JSON.parse(await readFile("package-lock.json", "utf8"));
for (const entry of Object.values(lock.packages)) {
  delete entry.funding; // whom to thank, by address
  delete entry.resolved; // where it was fetched from; the digest says what it is
}
await writeFile("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
