// The product signs its user in to the assistant: a function that brings a fresh token whenever one is asked for.
const choice = document.querySelector("select[data-who]");
const kept = sessionStorage.getItem("who");
if (kept !== null && [...choice.options].some((option) => option.value === kept)) choice.value = kept;

function signIn() {
  const user = choice.value;
  window.Frontdesk?.identify?.(
    user
      ? async () => {
          const answer = await fetch(`/app/token?user=${encodeURIComponent(user)}`);
          if (!answer.ok) throw new Error(`The product's server answered ${answer.status}.`);
          return answer.text();
        }
      : null,
  );
}

choice.addEventListener("change", () => {
  sessionStorage.setItem("who", choice.value);
  signIn();
});
// The loader is an async script: by the time of `load` it is there.
if (document.readyState === "complete") signIn();
else addEventListener("load", signIn, { once: true });
