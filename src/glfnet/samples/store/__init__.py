"""The store: a folder of flow maps that any tool can read, made once and kept.

::

    store.json          says what this folder is and which version of the format
    index.csv           one row a clip, the excluded ones too; UTF-8, commas, one header row
    maps/*.npy          one clip each: float32 (3, H, W), the channels u, v, strain
    records/*.json      one clip each: how it was made; for glfnet, to know what need not be made again

`u` (to the right) and `v` (down) are in pixels of the full-size crop, strain has no unit; nothing is normalised, that
is a setting of `index.read_store`. Columns of `index.csv`:

- `sample_id`, `database`, `subject`, `clip`, `emotion`: the clip, and its emotion as the annotation writes it;
- `action_units`: as the annotation writes them, empty if there are none; stores of version 0.1.0 lack the column;
- `file`, `sha256`: the map, relative to the store, and the SHA-256 of that file; both empty for an excluded clip;
- `size_px`, `eye_distance_px`: H = W of the map; distance between the eyes in the full-size crop, the unit of
  physical normalisation;
- `onset_frame`, `apex_frame`, `apex_estimated`: the frames used; `true` where no database annotates this apex;
- `frames_digest`, `settings`, `key`: SHA-256 of the frames; how the map was made, as JSON; SHA-256 of both and of the
  versions of libraries. A clip whose key has changed is made again;
- `excluded`: why there is no map; empty if there is one.

Every file is written aside and renamed, so it is there whole or not at all. `index.csv` is renamed `index.earlier.csv`
before the first change and written last: a folder without it is unfinished, and nobody trains on half of the clips
unawares. The next run finds in `index.earlier.csv` what else the store holds, see `earlier`.
"""
