// The first screen: a video is chosen, dropped, recorded or made up, sent, and waited for.

import * as api from "./api.js";
import { isCoding } from "./coders.js";
import { byId } from "./elements.js";

const ASK_EVERY_MS = 300;
const STAGES = {
  drawing: "Drawing the made-up clip",
  reading: "Reading the frames",
  looking: "Following the face and looking for movements",
};
let most = Infinity;

/** Set the first screen up; `onVideo(blob or null, name, coding)` is called with what was chosen, null for the made-up
 * clip; `coding` is a coder's file that was chosen with it, or undefined. */
export async function setUp(onVideo) {
  const drop = byId("drop");
  byId("file").addEventListener("change", (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    chosen(files, onVideo);
  });
  for (const kind of ["dragover", "dragenter"]) {
    document.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  document.addEventListener("dragleave", () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (!byId("start").hidden && !byId("main").hidden) chosen([...(event.dataTransfer?.files ?? [])], onVideo);
  });
  byId("example").addEventListener("click", () => onVideo(null, "made-up clip.mp4"));
  byId("webcam").addEventListener("click", () => openCamera(onVideo));
  const limits = await api.limits();
  most = limits.upload_mb * 1e6;
  byId("limits").textContent = `Up to ${limits.upload_mb} MB and ${Math.round(limits.length_s / 60 * 10) / 10} minutes`;
  return limits;
}

function chosen(files, onVideo) {
  const video = files.find((file) => !isCoding(file)), said = byId("limits");
  if (video) onVideo(video, video.name, files.find(isCoding));
  else if (files.length) said.textContent = `${files[0].name} says what was seen in a video; choose that video with it.`;
}

/** Send a video, wait for its answer, and return the id of its job; `onJob(id)` is called as soon as there is one. */
export async function answered(blob, name, signal, onJob) {
  const what = byId("working-what"), bar = byId("progress");
  const show = (text, share) => {
    if (what.textContent !== text) what.textContent = text;
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
  };
  byId("working-name").textContent = name;
  show("Sending the file", 0);
  if (blob && blob.size > most) throw new api.Refused(`The file has ${Math.round(blob.size / 1e6)} MB; this page takes up to ${most / 1e6} MB. Cut the video.`);
  let job = blob ? await api.upload(blob, name, (share) => show("Sending the file", share), signal) : await api.example();
  onJob(job.id);
  while (job.state === "queued" || job.state === "running") {
    if (signal.aborted) throw new DOMException("cancelled", "AbortError");
    if (job.state === "queued") show(`Waiting: number ${job.position} in the queue`, null);
    else show(STAGES[job.stage] ?? "Starting", job.expected ? Math.min(1, job.done / job.expected) : null);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    job = await api.state(job.id);
  }
  if (signal.aborted) throw new DOMException("cancelled", "AbortError");
  if (job.state === "failed") throw new api.Refused(job.sentence);
  return job.id;
}

async function openCamera(onVideo) {
  const state = byId("camera-state"), live = byId("live"), record = byId("record");
  byId("camera").hidden = false;
  state.textContent = "";
  record.disabled = true;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { frameRate: { ideal: 60 }, width: { ideal: 640 } }, audio: false });
  } catch {
    state.textContent = "No webcam can be used: there is none, or the browser was not allowed to.";
    return;
  }
  live.srcObject = stream;
  await live.play();
  const rate = Math.round(stream.getVideoTracks()[0].getSettings().frameRate ?? 0);
  state.textContent = rate && rate < 50 ? `${rate} frames a second: short movements are seen in few frames.` : "";
  record.disabled = false;
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    live.srcObject = null;
    byId("camera").hidden = true;
    record.textContent = "Record";
  };
  byId("camera-close").onclick = close;
  record.onclick = () => {
    const parts = [];
    const recorder = new MediaRecorder(stream, { videoBitsPerSecond: 12e6 });
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onstop = () => { close(); onVideo(new Blob(parts, { type: recorder.mimeType }), "webcam.webm"); };
    recorder.start(1000);
    record.textContent = "Stop and look at it";
    record.onclick = () => recorder.stop();
  };
}
