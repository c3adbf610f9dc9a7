import './controls.css';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components/Button';
import { Tooltip, TooltipTrigger } from 'react-aria-components/Tooltip';

interface Props extends Omit<ButtonProps, 'children'> {
  children: ReactNode;
  /** The one main action of a place. */
  main?: boolean;
  /** A word beside others, without a frame. */
  plain?: boolean;
  /** What it does, and its key: shown on hover and focus. */
  hint?: string;
}

export function Button({ children, main, plain, hint, className, ...rest }: Props) {
  const look = ['button', main && 'button-main', plain && 'button-plain', className].filter(Boolean).join(' ');
  const button = (
    <AriaButton {...rest} className={look}>
      {children}
    </AriaButton>
  );
  if (hint === undefined) return button;
  return (
    <TooltipTrigger delay={400}>
      {button}
      <Tooltip className="tooltip">{hint}</Tooltip>
    </TooltipTrigger>
  );
}
