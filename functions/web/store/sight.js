/** What a visitor saw, told apart from what merely went by. */

const LONG_ENOUGH = 1_000;

/**
 * Call back, once, when any of the elements has been half in view for a second; a list may be larger than the screen.
 * What is returned gives up waiting.
 */
export function onceSeen(elements, callback) {
  const inView = new Set();
  let waiting = null;
  const stop = () => {
    clearTimeout(waiting);
    eyes.disconnect();
  };
  const eyes = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) inView[isIntersecting ? "add" : "delete"](target);
      if (inView.size) {
        waiting ??= setTimeout(() => {
          stop();
          callback();
        }, LONG_ENOUGH);
      } else {
        clearTimeout(waiting);
        waiting = null;
      }
    },
    { threshold: 0.5 },
  );
  for (const each of elements) eyes.observe(each);
  return stop;
}
