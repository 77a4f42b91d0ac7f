import { updateReadme } from "./strategy-table.ts";

await updateReadme();
