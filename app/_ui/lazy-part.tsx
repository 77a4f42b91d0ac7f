import { type ComponentType, type FunctionComponent, lazy, Suspense } from "react";

/** How long until a component whose code could not be had is asked for again. */
const AGAIN_MS = 2_000;

/**
 * A component whose code is loaded when it is first shown; until then nothing stands in its place. Where the server cannot be
 * reached it comes when it can.
 */
export function lazyPart<Props extends object>(load: () => Promise<ComponentType<Props>>): FunctionComponent<Props> {
  const Part = lazy(async () => ({ default: await patiently(load) }));
  return function LazyPart(props) {
    return (
      <Suspense fallback={null}>
        <Part {...props} />
      </Suspense>
    );
  };
}

async function patiently<Part>(load: () => Promise<Part>): Promise<Part> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
