// Compressed text inside the page: decoded when it is needed.
"use strict";
function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
}

// A link holds its table as .csv.gz; with scripts it is saved as the .csv that people open.
for (const link of document.querySelectorAll("a.download")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const text = await unpack(link.href.split(",")[1]).text();
    const saved = document.createElement("a");
    saved.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    saved.download = link.download.replace(/\.gz$/, "");
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60_000);
  });
}
