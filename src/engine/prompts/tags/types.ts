/** A variable that a tag reads. */
export interface TagName {
  name: string;
  /** False where the template says what happens without it (a default, a condition). */
  required: boolean;
}

/** One template tag; offsets in the template text. */
export interface Tag {
  kind: 'placeholder' | 'block' | 'comment' | 'media' | 'role';
  start: number;
  end: number;
  names: TagName[];
  /** What a `role` tag starts. */
  role?: string;
}

export interface TagProblem {
  start: number;
  end: number;
  message: string;
}

export interface TagScan {
  tags: Tag[];
  problems: TagProblem[];
}

/** Limits that keep a hostile template from costing more than its length. */
export const maxBlockDepth = 100;
export const maxExpressionChars = 10_000;
