// The bench's invoice by pdfkit: OUT COUNT, the lines on standard input.
import fs from "node:fs";
import path from "node:path";
import { finished } from "node:stream/promises";
import PDFDocument from "pdfkit";

const { lines, gross } = JSON.parse(fs.readFileSync(0, "utf8"));
const [out, count] = [process.argv[2], Number(process.argv[3])];
const COLUMNS = [
  { x: 56, width: 20 },
  { x: 80, width: 210 },
  { x: 295, width: 60, align: "right" },
  { x: 360, width: 60, align: "right" },
  { x: 425, width: 45, align: "right" },
  { x: 475, width: 65, align: "right" },
];

function row(document, y, cells) {
  cells.forEach((text, at) => document.text(String(text), COLUMNS[at].x, y, COLUMNS[at]));
}

for (let at = 0; at < count; at += 1) {
  const document = new PDFDocument({ size: "A4", margin: 56, info: { Title: "Invoice 2026-0001" } });
  const file = fs.createWriteStream(path.join(out, `bench-${at}.pdf`));
  document.pipe(file);
  document.fontSize(18).text("Invoice 2026-0001", 56, 80).fontSize(10);
  document.text("Sample Studio GmbH, Musterstrasse 1, 10115 Berlin", 56, 120);
  document.text("to Harbour Clinic GmbH, Hafenallee 12, 20457 Hamburg");
  row(document, 170, ["#", "What", "Quantity", "Price", "VAT", "EUR"]);
  document.moveTo(56, 184).lineTo(540, 184).stroke();
  lines.forEach(([name, quantity, price, rate], line) => {
    const net = (Number(quantity) * Number(price)).toFixed(2);
    row(document, 192 + line * 18, [line + 1, name, quantity, price, `${rate} %`, net]);
  });
  row(document, 200 + lines.length * 18, ["", "To be paid", "", "", "", gross]);
  document.text("Payable within 14 days of the invoice date, without deduction.", 56, 240 + lines.length * 18);
  document.end();
  await finished(file);
}
