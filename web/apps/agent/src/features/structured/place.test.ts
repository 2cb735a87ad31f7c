import { describe, expect, it } from "vitest";
import { degrees, spotIn } from "./place";

describe("coordinates are found in", () => {
  it.each([
    ["52.52, 13.405", 52.52, 13.405],
    ["  -23.55052,-46.633308 ", -23.55052, -46.633308],
    ["52.52 13.405", 52.52, 13.405],
    ["52,52; 13,405", 52.52, 13.405],
    ["52,52 13,405", 52.52, 13.405],
    ["23.55° S, 46.63° W", -23.55, -46.63],
    ["40.7128N 74.0060W", 40.7128, -74.006],
    ["−33.8568, 151.2153", -33.8568, 151.2153],
    ["geo:48.2010,16.3695?z=15", 48.201, 16.3695],
    ["https://www.google.com/maps/@52.5163,13.3777,17z", 52.5163, 13.3777],
    [
      "https://www.google.com/maps/place/Gate/@52.51,13.37,17z/data=!3m1!4b1!4m6!8m2!3d52.5162746!4d13.3777041",
      52.5162746,
      13.3777041,
    ],
    ["https://maps.google.com/?q=52.5163,13.3777", 52.5163, 13.3777],
    ["https://www.google.com/maps/search/?api=1&query=52.5163%2C13.3777", 52.5163, 13.3777],
    ["https://www.google.com/maps/search/52.5163,+13.3777?x=1", 52.5163, 13.3777],
    ["https://www.openstreetmap.org/?mlat=52.5163&mlon=13.3777#map=16/1/2", 52.5163, 13.3777],
    ["https://www.openstreetmap.org/#map=17/52.51627/13.37770", 52.51627, 13.3777],
    ["https://maps.apple.com/?ll=52.5163,13.3777&q=Gate", 52.5163, 13.3777],
    ["https://www.bing.com/maps?cp=52.5163~13.3777&lvl=16", 52.5163, 13.3777],
  ])("%s", (pasted, latitude, longitude) => {
    expect(spotIn(pasted)).toEqual({ latitude, longitude });
  });

  it.each([
    "",
    "Rua A 1",
    "52.52",
    "91, 13",
    "52, 181",
    "1, 2, 3",
    "https://maps.app.goo.gl/abc123",
    "https://x.test/%",
    "12:30 14:00",
  ])("not in %j", (pasted) => {
    expect(spotIn(pasted)).toBeNull();
  });
});

it("degrees are numbers within their bounds", () => {
  expect(["52.52", "52,52", "+7", "-90", "−1.5"].map((text) => degrees(text, 90))).toEqual([
    52.52, 52.52, 7, -90, -1.5,
  ]);
  expect(["", "x", "90.1", "1e3", "Infinity", "1.2.3", "0x1"].map((text) => degrees(text, 90))).toEqual(
    Array(7).fill(null),
  );
});
