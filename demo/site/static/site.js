// Lets links of the demo site open the assistant when it has loaded; without it they are ordinary links.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-ask], a[data-help]");
  const desk = document.querySelector("front-desk");
  if (!link || typeof desk?.open !== "function") return;
  event.preventDefault();
  desk.open();
  if (link.dataset.ask && typeof desk.ask === "function") desk.ask(link.dataset.ask);
});
