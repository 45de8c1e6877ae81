import { Globe, Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useChangeLanguage } from '../i18n/language-provider.tsx';
import { isLanguage, languages } from '../i18n/languages.ts';
import { useText } from '../i18n/use-text.ts';
import { applyTheme, chosenTheme, type Theme, themes } from '../settings.ts';
import { Button } from '../ui/index.ts';

const themeIcons = { system: Monitor, light: Sun, dark: Moon } as const;

/** Language and theme. */
export function Preferences() {
  const { t, language } = useText();
  const change = useChangeLanguage();
  const [theme, setTheme] = useState<Theme>(chosenTheme);
  const ThemeIcon = themeIcons[theme];
  return (
    <div className="row tight">
      <MenuTrigger>
        <Button variant="ghost" size="s" aria-label={`${t('common.language')}: ${languages[language]}`}>
          <Globe aria-hidden size={16} />
          {languages[language]}
        </Button>
        <Popover className="popover" placement="top start">
          <Menu
            className="menu"
            selectionMode="single"
            selectedKeys={[language]}
            items={Object.entries(languages).map(([code, name]) => ({ code, name }))}
            onAction={(key) => {
              const code = String(key);
              if (isLanguage(code)) void change(code);
            }}
          >
            {({ code, name }) => (
              <MenuItem id={code} textValue={name} lang={code}>
                {name}
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
      <MenuTrigger>
        <Button
          variant="ghost"
          size="s"
          shape="icon"
          aria-label={`${t('common.theme')}: ${t(`common.theme_${theme}`)}`}
        >
          <ThemeIcon aria-hidden size={16} />
        </Button>
        <Popover className="popover" placement="top start">
          <Menu
            className="menu"
            selectionMode="single"
            selectedKeys={[theme]}
            onAction={(key) => {
              const chosen = themes.find((name) => name === key);
              if (!chosen) return;
              applyTheme(chosen);
              setTheme(chosen);
            }}
          >
            {themes.map((name) => (
              <MenuItem key={name} id={name}>
                {t(`common.theme_${name}`)}
              </MenuItem>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  );
}
