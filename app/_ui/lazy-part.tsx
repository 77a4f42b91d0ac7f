import { type ComponentType, type FunctionComponent, lazy, Suspense } from "react";

/** A component whose code is loaded when it is first shown; until then nothing stands in its place. */
export function lazyPart<Props extends object>(load: () => Promise<ComponentType<Props>>): FunctionComponent<Props> {
  const Part = lazy(async () => ({ default: await load() }));
  return function LazyPart(props) {
    return (
      <Suspense fallback={null}>
        <Part {...props} />
      </Suspense>
    );
  };
}
