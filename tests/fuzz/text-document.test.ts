/** The text CRDT in worlds of replicas, step by step against a model of FugueMax: every other seed. */

import { fuzzPart } from "./text/ci.ts";

fuzzPart(1, 2);
