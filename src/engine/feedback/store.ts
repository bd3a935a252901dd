/** Port of the feedback store; `platform/sqlite` implements it. The owner of `engine/feedback` defines its methods. */
export interface FeedbackStore {
  close(): Promise<void>;
}
