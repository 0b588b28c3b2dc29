package dev.nibble.core.model;

import dev.nibble.core.kernel.HeadAttention;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Causal attention; query heads may share heads of keys and values. Vaswani et al. 2017, "Attention Is All You Need", section 3.2; Ainslie
 * et al. 2023, "GQA".
 *
 * @param rotary rotary embedding of queries and keys; empty if positions are in the embedding
 */
public record Attention(Geometry geometry, Projections projections, HeadNorms norms, Optional<RopeVariants> rotary, Ops ops,
        Workers workers) {
    /** Query rows that share a decoded page of the cache, times the heads in a group. */
    private static final int TILE = 32;

    /**
     * Shape and masking of attention.
     *
     * @param scale factor of query · key
     * @param softCap scores become {@code cap · tanh(score / cap)}; 0 for no cap
     * @param window positions a token attends to, its own included; {@link Integer#MAX_VALUE} for all
     * @param slopes penalty per position of distance, head by head (ALiBi: Press et al. 2021); empty for none
     * @param sinks score of an attention sink, head by head: part of the softmax without a value; empty for none
     */
    public record Geometry(int heads, int keyHeads, int headSize, double scale, double softCap, int window, List<Float> slopes,
            List<Float> sinks) {
        public Geometry {
            if (heads % keyHeads != 0) {
                throw new IllegalArgumentException(keyHeads + " key heads do not divide " + heads + " query heads");
            }
            slopes = List.copyOf(slopes);
            sinks = List.copyOf(sinks);
        }

        /** Full attention, scaled by 1/√headSize. */
        public Geometry(int heads, int keyHeads, int headSize) {
            this(heads, keyHeads, headSize, 1 / Math.sqrt(headSize), 0, Integer.MAX_VALUE, List.of(), List.of());
        }

        public Geometry scaled(double newScale) {
            return new Geometry(heads, keyHeads, headSize, newScale, softCap, window, slopes, sinks);
        }

        public Geometry capped(double cap) {
            return new Geometry(heads, keyHeads, headSize, scale, cap, window, slopes, sinks);
        }

        /** A copy with a sliding window; 0 for none. */
        public Geometry within(int newWindow) {
            return new Geometry(heads, keyHeads, headSize, scale, softCap, newWindow == 0 ? Integer.MAX_VALUE : newWindow, slopes, sinks);
        }

        public Geometry sloping(List<Float> newSlopes) {
            return new Geometry(heads, keyHeads, headSize, scale, softCap, window, newSlopes, sinks);
        }

        public Geometry sinking(List<Float> newSinks) {
            return new Geometry(heads, keyHeads, headSize, scale, softCap, window, slopes, newSinks);
        }
    }

    /** The linear layers. */
    public record Projections(Linear queries, Linear keys, Linear values, Linear output) {}

    /** Norms of queries and keys before their rotary embedding: none, one for all heads, or one for each head. */
    public record HeadNorms(List<Norm> queries, List<Norm> keys) {
        public static final HeadNorms NONE = new HeadNorms(List.of(), List.of());

        public HeadNorms {
            queries = List.copyOf(queries);
            keys = List.copyOf(keys);
        }
    }

    /** Query rows that one thread computes at once: of one run, for one head of keys. */
    private record Tile(KvCache cache, int firstRow, int firstPosition, int rows, int keyHead) {}

    /**
     * @param x     rows × hidden
     * @param layer index of its keys and values in the caches
     * @param y     rows × hidden, overwritten
     */
    public void apply(Matrix x, Batch batch, int layer, Matrix y) {
        Matrix q = workers.scratch().acquire(x.rows(), geometry.heads * geometry.headSize);
        Matrix k = workers.scratch().acquire(x.rows(), geometry.keyHeads * geometry.headSize);
        Matrix v = workers.scratch().acquire(x.rows(), geometry.keyHeads * geometry.headSize);
        OutputSlice.applyAll(x, List.of(projections.queries, projections.keys, projections.values), List.of(q, k, v));
        int[] positions = batch.positions();
        Matrix mixed = workers.scratch().acquire(x.rows(), geometry.heads * geometry.headSize);
        List<Tile> tiles = tiles(batch);
        workers.run(x.rows(), 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                prepareRow(q, geometry.heads, norms.queries, row, positions[row], batch);
                prepareRow(k, geometry.keyHeads, norms.keys, row, positions[row], batch);
            }
        });
        workers.run(tiles.size(), 1, (from, to) -> tiles.subList(from, to).forEach(tile -> store(tile, layer, k, v)));
        workers.run(tiles.size(), 1, (from, to) -> tiles.subList(from, to).forEach(tile -> attend(tile, layer, q, mixed)));
        projections.output.apply(mixed, y);
        workers.scratch().release(q, k, v, mixed);
    }

    private List<Tile> tiles(Batch batch) {
        int max = Math.max(1, TILE / (geometry.heads / geometry.keyHeads));
        List<Tile> tiles = new ArrayList<>();
        int row = 0;
        for (Batch.Run run : batch.runs()) {
            for (int i = 0; i < run.tokens().length; i += max) {
                for (int head = 0; head < geometry.keyHeads; head++) {
                    int rows = Math.min(max, run.tokens().length - i);
                    tiles.add(new Tile(run.cache(), row + i, run.cache().length() + i, rows, head));
                }
            }
            row += run.tokens().length;
        }
        return tiles;
    }

    private void prepareRow(Matrix heads, int count, List<Norm> norms, int row, int position, Batch batch) {
        for (int head = 0; head < count && !norms.isEmpty(); head++) {
            int at = heads.at(row) + head * geometry.headSize;
            norms.get(norms.size() == 1 ? 0 : head).apply(heads.data(), at, heads.data(), at);
        }
        rotary.ifPresent(rope -> rope.of(batch, row).rotate(heads.data(), heads.at(row), count, geometry.headSize, position, ops));
    }

    private void store(Tile tile, int layer, Matrix k, Matrix v) {
        for (int i = 0; i < tile.rows; i++) {
            int at = k.at(tile.firstRow + i) + tile.keyHead * geometry.headSize;
            tile.cache.writeKey(layer, tile.keyHead, tile.firstPosition + i, k.data(), at);
            tile.cache.writeValue(layer, tile.keyHead, tile.firstPosition + i, v.data(), at);
        }
    }

    /** Computes the scores page by page, then the softmax of each row, then the weighted mean of the values page by page. */
    private void attend(Tile tile, int layer, Matrix q, Matrix mixed) {
        if (ops.attend(task(tile, layer, q, mixed))) {
            return;
        }
        int group = geometry.heads / geometry.keyHeads;
        int end = tile.firstPosition + tile.rows;
        int start = firstAttended(tile.firstPosition);
        float[] scores = new float[tile.rows * group * (end - start)];
        float[] page = new float[KvCache.PAGE * geometry.headSize];
        for (int first = start; first < end;) {
            int count = Math.min(KvCache.PAGE - first % KvCache.PAGE, end - first);
            tile.cache.readKeys(layer, tile.keyHead, first, count, page);
            for (int i = 0; i < tile.rows * group; i++) {
                ops.scores(q.data(), at(q, tile, i), page, count, geometry.headSize, (float) geometry.scale, scores,
                        i * (end - start) + first - start);
            }
            first += count;
        }
        for (int i = 0; i < tile.rows * group; i++) {
            softmax(scores, i * (end - start), end - start, start, tile.firstPosition + i / group, tile.keyHead * group + i % group);
        }
        for (int i = 0; i < tile.rows * group; i++) {
            Arrays.fill(mixed.data(), at(mixed, tile, i), at(mixed, tile, i) + geometry.headSize, 0);
        }
        for (int first = start; first < end;) {
            int count = Math.min(KvCache.PAGE - first % KvCache.PAGE, end - first);
            tile.cache.readValues(layer, tile.keyHead, first, count, page);
            for (int i = 0; i < tile.rows * group; i++) {
                ops.accumulate(scores, i * (end - start) + first - start, page, count, geometry.headSize, mixed.data(), at(mixed, tile, i));
            }
            first += count;
        }
    }

    private HeadAttention task(Tile tile, int layer, Matrix q, Matrix mixed) {
        int group = geometry.heads / geometry.keyHeads;
        HeadAttention.KeyValuePages pages = new HeadAttention.KeyValuePages(page -> tile.cache.keyPage(layer, tile.keyHead, page),
                page -> tile.cache.valuePage(layer, tile.keyHead, page), tile.cache.codec(), KvCache.PAGE, geometry.headSize);
        HeadAttention.QueryShape shape = new HeadAttention.QueryShape(tile.firstPosition, tile.rows, group, tile.firstRow,
                tile.keyHead * group * geometry.headSize);
        HeadAttention.Scaling scaling = new HeadAttention.Scaling((float) geometry.scale, (float) geometry.softCap,
                groupValues(geometry.slopes, tile), groupValues(geometry.sinks, tile));
        return new HeadAttention(pages, shape, geometry.window, scaling, q, mixed);
    }

    private List<Float> groupValues(List<Float> headValues, Tile tile) {
        int group = geometry.heads / geometry.keyHeads;
        return headValues.isEmpty() ? headValues : headValues.subList(tile.keyHead * group, (tile.keyHead + 1) * group);
    }

    private int at(Matrix heads, Tile tile, int i) {
        int group = geometry.heads / geometry.keyHeads;
        return heads.at(tile.firstRow + i / group) + (tile.keyHead * group + i % group) * geometry.headSize;
    }

    private int firstAttended(int position) {
        return Math.max(0, position - geometry.window + 1);
    }

    /** Replaces the scores by softmax weights; masked ones become zero. */
    private void softmax(float[] scores, int at, int count, int start, int position, int head) {
        int from = firstAttended(position) - start;
        int to = position + 1 - start;
        float largest = geometry.sinks.isEmpty() ? Float.NEGATIVE_INFINITY : geometry.sinks.get(head);
        for (int i = from; i < to; i++) {
            float score = scores[at + i];
            if (geometry.softCap > 0) {
                score = (float) (geometry.softCap * Math.tanh(score / geometry.softCap));
            }
            if (!geometry.slopes.isEmpty()) {
                score += geometry.slopes.get(head) * (i - to + 1);
            }
            scores[at + i] = score;
            largest = Math.max(largest, score);
        }
        float sum = ops.exp(scores, at + from, to - from, largest);
        if (!geometry.sinks.isEmpty()) {
            sum += (float) Math.exp(geometry.sinks.get(head) - largest);
        }
        for (int i = 0; i < count; i++) {
            scores[at + i] = i < from || i >= to ? 0 : scores[at + i] / sum;
        }
    }
}
