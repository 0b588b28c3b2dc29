package dev.nibble.core.backend.x86.attention;

/**
 * Layout of attention's working memory for a page of the cache: the scores of every query, and its running softmax.
 *
 * <pre>
 *   scores   float[query][128]
 *   states   32 bytes for each query: float largest, float sum, float factor, int from, int to, float slope, int own
 * </pre>
 *
 * {@code own} is the query's own position, relative to the page's start. The query attends to positions {@code from} to {@code to} of the
 * page. {@code factor} rescales the sums of earlier pages.
 */
final class AttentionPage {
    static final int POSITIONS = 128;
    /** Bytes of the scores of a query. */
    static final int ROW = POSITIONS * Float.BYTES;
    static final int STATE = 32;
    static final int LARGEST = 0;
    static final int SUM = 4;
    static final int FACTOR = 8;
    static final int FROM = 12;
    static final int TO = 16;
    static final int SLOPE = 20;
    static final int OWN = 24;

    private AttentionPage() {}
}
