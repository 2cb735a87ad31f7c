// Sets the theme before the first paint. The app changes it later by the same rule (src/lib/ui-state.ts).
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("max.theme");
  } catch {}
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
