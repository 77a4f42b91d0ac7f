/** As text-document.test.ts, the other half of the seeds. */

import { fuzzPart } from "./text/ci.ts";

fuzzPart(2, 2);
