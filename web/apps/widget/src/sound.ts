/** Two short notes. A page that was never touched may not play, and then does not. */
export function chime(): void {
  try {
    const audio = new AudioContext();
    const volume = audio.createGain();
    volume.connect(audio.destination);
    volume.gain.setValueAtTime(0.08, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
    for (const [pitch, at] of [
      [660, 0],
      [880, 0.12],
    ] as const) {
      const note = audio.createOscillator();
      note.frequency.value = pitch;
      note.connect(volume);
      note.start(audio.currentTime + at);
      note.stop(audio.currentTime + 0.4);
      note.onended = () => at && void audio.close();
    }
  } catch {
    // No sound here.
  }
}
